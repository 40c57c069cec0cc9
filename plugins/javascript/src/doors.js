// http(), tcp() and smtp(). host has what outside.c offers. Functions here do not wait
// by themselves: they return when the other side has answered.
(function (host) {
  const known = (what, options, names) => {
    if (options === null || typeof options !== "object") throw new TypeError(`${what} takes an object with ${names.join(", ")}`)
    for (const name of Object.keys(options)) {
      if (!names.includes(name)) throw new TypeError(`${what}: ${name} is not known; there are ${names.join(", ")}`)
    }
    return options
  }
  const milliseconds = seconds => seconds === undefined ? undefined : Math.round(seconds * 1000)

  // all reads to the end.
  const all = door => {
    const pieces = []
    let size = 0
    for (let piece; (piece = host.read(door, 65536)) !== null; size += piece.length) pieces.push(piece)
    const whole = new Uint8Array(size)
    let at = 0
    for (const piece of pieces) {
      whole.set(piece, at)
      at += piece.length
    }
    host.close(door)
    return whole
  }

  const http = request => {
    if (typeof request === "string") request = { url: request }
    const { method = "GET", url, headers = {}, body, timeout } = known("http()", request, ["method", "url", "headers", "body", "timeout"])
    const kind = body === undefined || body === null ? "none" : host.isMessage(body) ? "message" : "written"
    const fields = {}
    for (const name of Object.keys(headers)) fields[name] = String(headers[name])
    const door = host.httpOpen(JSON.stringify({ method, url, headers: fields, body: kind, timeout_ms: milliseconds(timeout) }))
    if (kind === "written") host.write(door, body)
    const status = host.httpStatus(door)
    let read
    const bytes = () => read ??= all(door)
    return Object.freeze({
      status,
      ok: status >= 200 && status < 300,
      header: name => host.httpHeader(door, name),
      bytes,
      text: () => host.text(bytes()),
      json: () => JSON.parse(host.text(bytes())),
    })
  }

  const tcp = options => {
    if (typeof options === "string") options = { address: options }
    const { address, tls = false, timeout } = known("tcp()", options, ["address", "tls", "timeout"])
    const door = host.tcpOpen(JSON.stringify({ address, tls, timeout_ms: milliseconds(timeout) }))
    return Object.freeze({
      write: data => host.write(door, data),
      read: (most = 65536) => host.read(door, most),
      text: () => host.text(all(door)),
      close: () => host.close(door),
    })
  }

  const smtp = mail => {
    const { relay, from, to, headers = {}, text, attach } = known("smtp()", mail, ["relay", "from", "to", "headers", "text", "attach"])
    if (attach !== undefined && !host.isMessage(attach)) throw new TypeError("smtp(): attach is the message that the hook was given")
    const body = attach === undefined ? "text" : text === undefined ? "message" : "attached"
    host.smtpSend(JSON.stringify({ relay, from, to: [to].flat(), headers, body, text }))
  }

  return { http, tcp, smtp }
})
