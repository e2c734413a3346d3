// What every page loads: htmx replaces parts of a page, and "/" goes to the search.
import "htmx.org";

const typing = (element) =>
  element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName);

// What can be scrolled sideways can be reached with the keyboard, too.
const reachable = () => {
  for (const part of document.querySelectorAll(".wide"))
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
};
addEventListener("load", reachable);
addEventListener("resize", reachable);
document.addEventListener("htmx:afterSettle", reachable);

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) return;
  const search =
    document.querySelector("main input[type=search]") ?? document.querySelector("#find");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});

// What is typed into the fields of a password can be shown, until the form is sent.
for (const form of document.querySelectorAll("main form")) {
  const fields = [...form.querySelectorAll("input[type=password]")];
  if (!fields.length) continue;
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  label.className = "show-password";
  label.append(box, " ", document.body.dataset.showPassword);
  const show = () => {
    for (const field of fields) field.type = box.checked ? "text" : "password";
  };
  box.addEventListener("change", show);
  // A browser keeps what was typed into a field of text.
  form.addEventListener("submit", () => {
    box.checked = false;
    show();
  });
  fields.at(-1).closest("p, div").after(label);
}
