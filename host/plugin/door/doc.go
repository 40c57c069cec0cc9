// Package door lets plugins reach outside: requests to web servers, connections,
// and mail through relays, each only where it was granted. It knows neither
// WebAssembly nor who the plugin is: [Doors] are what one plugin may open, and a
// [Visit] is one call of a hook, with all that it has opened.
//
// # Where a door leads
//
// What a plugin names is compared with its grants in one spelling (task.CleanHost),
// and that spelling is what is looked up. The addresses that come back are judged
// one by one, and those that pass are what is connected to: a name that means
// another address a moment later changes nothing. An address that is not public is
// connected to only if the grant names it as an address, or is marked private.
// Redirects are judged like requests. Proxies of the environment are not used.
//
// # What it costs
//
// A visit has a number of doors, of doors at a time, and of bytes in and out; see
// [Limits]. Nothing is held but a few KiB for each door: bodies stream. All waiting
// ends with the context of the visit.
//
// # Secrets
//
// A plugin writes {{secret:NAME}} into a header field of a request, and the value
// is put there when the request leaves, if the secret is bound to the host that it
// leaves for. {{hmac-sha256:NAME}} stands for a signature of the body, by which a server
// knows who has sent it. Both are taken away again before a redirect to another host.
// An answer that holds a secret is not handed on.
package door
