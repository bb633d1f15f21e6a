// Filters by verdict and kind (kept in the address after '#'), enlarges figures, copies commands.
// The hash is `item`, `verdict=…&kind=…`, or both joined by `&`. Without this script the page shows everything.
"use strict";
const $ = (selector) => Array.from(document.querySelectorAll(selector));
const bar = document.getElementById("filter");
const items = $("article.item");
const chosen = { verdict: "", kind: "" };

function matches(item) {
  const verdict = chosen.verdict === "unexpected" ? item.dataset.expected === "no" : !chosen.verdict || item.dataset.verdict === chosen.verdict;
  return verdict && (!chosen.kind || item.dataset.kind === chosen.kind);
}

function show() {
  let count = 0;
  for (const item of items) {
    item.hidden = !matches(item);
    count += !item.hidden;
  }
  for (const chapter of $("main .chapter")) chapter.hidden = !chapter.querySelector("article:not([hidden])");
  for (const entry of $(".contents li")) entry.classList.toggle("out", document.getElementById(entry.dataset.for).hidden);
  for (const group of $("[data-filter]"))
    for (const button of group.querySelectorAll("button"))
      button.setAttribute("aria-pressed", String(button.dataset.value === chosen[group.dataset.filter]));
  document.getElementById("none").hidden = count > 0;
  document.getElementById("shown").textContent = count === items.length ? `All ${count} items` : `${count} of ${items.length} items`;
}

function address(anchor) {
  const parts = [anchor, ...Object.entries(chosen).filter(([, value]) => value).map(([name, value]) => `${name}=${value}`)];
  history.replaceState(null, "", `#${parts.filter(Boolean).join("&")}`);
}

// A part without `=` is an anchor. Going to an item that the filter hides means: show all again.
function follow() {
  const parts = decodeURIComponent(location.hash.slice(1)).split("&");
  const anchor = parts.find((part) => part && !part.includes("=")) ?? "";
  if (parts.some((part) => part.includes("=")) || !anchor)
    for (const name of Object.keys(chosen)) chosen[name] = parts.find((part) => part.startsWith(`${name}=`))?.split("=")[1] ?? "";
  show();
  const target = document.getElementById(anchor);
  if (target?.closest("[hidden]")) {
    chosen.verdict = chosen.kind = "";
    show();
  }
  if (anchor) address(anchor);
  target?.scrollIntoView();
}

for (const group of $("[data-filter]"))
  for (const button of group.querySelectorAll("button"))
    button.addEventListener("click", () => {
      chosen[group.dataset.filter] = button.dataset.value;
      address("");
      show();
    });
document.getElementById("reset").addEventListener("click", () => {
  chosen.verdict = chosen.kind = "";
  address("");
  show();
  bar.querySelector("button").focus();
});

const dialog = document.getElementById("large");
for (const button of $(".zoom"))
  button.addEventListener("click", () => {
    const large = dialog.querySelector("img");
    const small = button.querySelector("img");
    large.src = small.src;
    large.alt = small.alt;
    dialog.showModal();
  });
dialog.addEventListener("click", () => dialog.close());

for (const button of $(".copy"))
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(button.previousElementSibling);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });

document.documentElement.classList.add("js");
bar.hidden = false;
addEventListener("hashchange", follow);
follow();
