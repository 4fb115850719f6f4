// One switch for all code, remembered. The table of all findings is filtered and sorted: without
// scripts all of it stays in view. What scrolls sideways takes the keyboard's focus.
(function () {
  "use strict";

  const KEY = "study-code";

  function remembered() {
    try { return localStorage.getItem(KEY) === "shown"; } catch (error) { return false; }
  }

  function remember(shown) {
    try { localStorage.setItem(KEY, shown ? "shown" : "folded"); } catch (error) { /* private */ }
  }

  function codeSwitch() {
    const folds = Array.from(document.querySelectorAll(".bd-article details.hide"));
    const title = document.querySelector(".bd-article h1");
    if (!folds.length || !title) { return; }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "study-switch";
    function show(shown) {
      folds.forEach((fold) => { fold.open = shown; });
      button.setAttribute("aria-pressed", String(shown));
      button.textContent = shown ? "Fold all code" : "Show all code";
    }
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      show(shown);
      remember(shown);
    });
    title.after(button);
    show(remembered());
  }

  // all sizes are read before anything is changed, and none of what is folded, which would be laid
  // out for it: the page is laid out once
  function reachable() {
    const boxes = Array.from(document.querySelectorAll(".study-figure, .study-table, .math"))
      .filter((box) => !box.closest("details:not([open])"));
    const scrolls = boxes.map((box) =>
      box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight + 1);
    boxes.forEach((box, at) => {
      if (scrolls[at] && box.clientWidth) {
        const caption = box.querySelector("caption, figcaption");
        box.tabIndex = 0;
        box.setAttribute("role", "region");
        box.setAttribute("aria-label",
          caption ? caption.textContent : box.matches(".math") ? "Formula" : "Table");
      } else {
        ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
      }
    });
  }

  // many folds open at once, and each says so
  let asked = 0;
  function reachableSoon() {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(reachable);
  }

  function control(box, text, element) {
    const label = document.createElement("label");
    label.append(text, element);
    box.append(label);
    return element;
  }

  function filters() {
    const table = document.querySelector("table#ledger"); // a function of this name has a place, too
    if (!table) { return; }
    const rows = Array.from(table.tBodies[0].rows);
    const box = document.createElement("form");
    box.className = "study-filters";
    box.addEventListener("submit", (event) => event.preventDefault());
    const names = { page: "Page", source: "Source", standing: "Standing" };
    const selects = Object.keys(names).map((name) => {
      const select = document.createElement("select");
      select.name = name;
      select.add(new Option("all", ""));
      new Set(rows.map((row) => row.dataset[name])).forEach((v) => select.add(new Option(v, v)));
      return control(box, names[name], select);
    });
    const words = control(box, "Words", document.createElement("input"));
    words.type = "search";
    words.name = "words";
    const count = document.createElement("span");
    count.setAttribute("role", "status");
    box.append(count);

    const controls = [...selects, words];
    const heads = Array.from(table.tHead.rows[0].cells);
    let sorted = "";

    function apply() {
      let shown = 0;
      const wanted = words.value.trim().toLowerCase();
      rows.forEach((row) => {
        // who follows a link to a row sees it, whatever is filtered
        const keep = row.id === decodeURIComponent(location.hash.slice(1)) ||
          (selects.every((s) => !s.value || row.dataset[s.name] === s.value) &&
          (!wanted || row.textContent.toLowerCase().includes(wanted)));
        row.hidden = !keep;
        shown += keep ? 1 : 0;
      });
      count.textContent = `${shown} of ${rows.length} findings`;
    }

    function sort(by) {
      const at = heads.findIndex((head) => head.textContent === by.replace(/^-/, ""));
      if (at < 0) { return; }
      sorted = by;
      const way = by.startsWith("-") ? -1 : 1;
      const order = new Intl.Collator("en", { numeric: true });
      const text = new Map(rows.map((row) => [row, row.cells[at].textContent]));
      const moved = [...rows].sort((a, b) => way * order.compare(text.get(a), text.get(b)));
      table.tBodies[0].append(...moved);
      heads.forEach((head) => head.removeAttribute("aria-sort"));
      heads[at].setAttribute("aria-sort", way < 0 ? "descending" : "ascending");
    }

    // the address holds what is chosen, so that it can be sent and come back to
    function store() {
      const chosen = new URLSearchParams();
      controls.forEach((c) => { if (c.value) { chosen.set(c.name, c.value); } });
      if (sorted) { chosen.set("sort", sorted); }
      history.replaceState(null, "", `?${chosen}${location.hash}`);
    }

    heads.forEach((head) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => {
        const name = head.textContent;
        sort(sorted === name ? `-${name}` : name);
        store();
      });
      head.append(button);
    });
    const given = new URLSearchParams(location.search);
    controls.forEach((c) => { c.value = given.get(c.name) || ""; });
    selects.forEach((s) => { if (s.selectedIndex < 0) { s.value = ""; } });
    box.addEventListener("input", () => { apply(); store(); });
    window.addEventListener("hashchange", () => {
      apply();
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target) { target.scrollIntoView(); }
    });
    table.parentElement.before(box);
    sort(given.get("sort") || "");
    apply();
    // the browser went to the row before the rows were sorted and filtered
    if (location.hash) { window.dispatchEvent(new Event("hashchange")); }
  }

  // on paper: light, and what is folded but code open, as it was before when it is printed
  function onPaper() {
    const page = document.documentElement;
    let theme = page.dataset.theme;
    let folded = [];
    window.addEventListener("beforeprint", () => {
      theme = page.dataset.theme;
      page.dataset.theme = "light";
      folded = Array.from(document.querySelectorAll(".bd-article details:not([open], .hide)"));
      folded.forEach((fold) => { fold.open = true; });
    });
    window.addEventListener("afterprint", () => {
      page.dataset.theme = theme;
      folded.forEach((fold) => { fold.open = false; });
    });
  }

  function start() {
    codeSwitch();
    onPaper();
    filters();
    // what is folded has no width until it is opened
    document.addEventListener("toggle", reachableSoon, true);
    window.addEventListener("resize", reachableSoon);
    window.addEventListener("load", reachableSoon);
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
}());
