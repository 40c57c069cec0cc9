// A plan takes as long as logging in to all accounts: the button says that it is at work,
// and is not pressed twice.
for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button");
    button.setAttribute("aria-busy", "true");
    setTimeout(() => { button.disabled = true; });
  });
}

// Who comes back by the browser's own button finds the page as it was.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[data-busy] button")) {
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
});

// A folder that is left out needs no destination.
for (const row of document.querySelectorAll(".mapping tbody tr")) {
  const target = row.querySelector('input[type="text"]');
  const out = row.querySelector('input[name^="out-"]');
  if (!target || !out) continue;
  const follow = () => { target.readOnly = out.checked; };
  out.addEventListener("change", follow);
  follow();
}
