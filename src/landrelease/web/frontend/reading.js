// The keyboard of a document's page: j and k go through the claims; a, r, u and w open the form of a
// decision. Everything has a link or a button as well; without scripts those lead to pages.

const list = document.querySelector("ol.claims");
const claims = [...(list?.querySelectorAll("li.claim") ?? [])];
const said = () => document.getElementById("said");
let current = -1;

const typing = (element) =>
  element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName);

const marks = (id) => document.querySelectorAll(`mark[data-claims~="${CSS.escape(id)}"]`);

function go(index, { focus = true, anchor = true } = {}) {
  if (!claims[index]) return;
  for (const element of document.querySelectorAll(".current")) element.classList.remove("current");
  current = index;
  const claim = claims[index];
  const id = claim.dataset.claim;
  claim.classList.add("current");
  for (const mark of marks(id)) mark.classList.add("current");
  if (anchor) history.replaceState(null, "", `#${id}`);
  show(marks(id)[0]);
  claim.scrollIntoView({ block: "nearest" });
  if (focus) claim.focus({ preventScroll: true });
}

// The kept text scrolls by itself on wide screens: bring a sentence to its middle there. On narrow
// ones text and list stand one below the other, and the list is what the reader is in.
function show(mark) {
  const box = mark?.closest(".kept");
  if (!box || box.scrollHeight <= box.clientHeight + 1) return;
  const [inner, outer] = [mark.getBoundingClientRect(), box.getBoundingClientRect()];
  box.scrollTop += inner.top - outer.top - box.clientHeight / 3;
}

function say(text) {
  const line = said();
  if (line) line.textContent = text;
}

function open(...acts) {
  const claim = claims[current] ?? claims[0];
  if (!claim) return;
  if (current < 0) go(0);
  const wanted = acts.map((act) => `[data-act="${act}"]`).join(",");
  const control = claim.querySelector(`.decision :is(${wanted})`);
  if (!control) {
    say(list.dataset.notNow);
    return;
  }
  if (control.disabled) {
    say(list.dataset.signIn);
    return;
  }
  control.click();
}

function close(form) {
  const claim = form.closest("li.claim");
  form.remove();
  claim?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const form = event.target.closest?.("form.deciding");
  if (event.key === "Escape" && form && claims.length) {
    event.preventDefault();
    close(form);
    return;
  }
  if (typing(event.target)) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

const KEYS = {
  j: () => go(Math.min(current + 1, claims.length - 1)),
  k: () => go(Math.max(current - 1, 0)),
  a: () => open("accept"),
  r: () => open("reject"),
  u: () => open("withdraw"),
  w: () => open("withdraw"),
  "?": () => {
    const keys = document.getElementById("keys");
    if (!keys) return;
    keys.open = !keys.open;
    if (keys.open) keys.querySelector("summary").focus();
  },
};

// A form that has come is where the reader goes on; one that has gone leaves its claim behind.
for (const claim of claims) {
  new MutationObserver(() => {
    const form = claim.querySelector("form.deciding");
    if (!form) {
      if (!document.activeElement || document.activeElement === document.body) claim.focus();
      return;
    }
    if (form.dataset.opened) return;
    form.dataset.opened = "1";
    go(claims.indexOf(claim), { focus: false, anchor: false });
    // After a preview what it shows is read next, and Enter then decides.
    const previewed = form.querySelector(".would");
    const first = previewed
      ? form.querySelector("button.primary")
      : form.querySelector("input:not([type=hidden]), select, button");
    (previewed ?? form).scrollIntoView({ block: "nearest" });
    first?.focus();
  }).observe(claim, { childList: true, subtree: true });
}

document.addEventListener("click", (event) => {
  const closing = event.target.closest?.("form.deciding [data-close]");
  if (closing && claims.length) {
    event.preventDefault();
    close(closing.closest("form"));
    return;
  }
  const mark = event.target.closest?.("mark[data-claims]");
  if (!mark) return;
  // Of claims inside each other the innermost one is meant: the last to begin.
  const id = mark.dataset.claims.split(" ").at(-1);
  go(claims.findIndex((claim) => claim.dataset.claim === id), { focus: false });
});

// The name of a hazardous area that is being written means that one is meant.
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-hazard-search]")) return;
  const choice = event.target.form?.querySelector('input[name="target"][value="hazard"]');
  if (choice) choice.checked = true;
});

function arrive() {
  const id = decodeURIComponent(location.hash.slice(1)).replace(/^about-/, "");
  const index = claims.findIndex((claim) => claim.dataset.claim === id);
  if (index >= 0) go(index, { focus: false, anchor: false });
}
addEventListener("hashchange", arrive);
arrive();
