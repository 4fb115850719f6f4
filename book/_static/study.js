// Filters for the table of all findings. Without scripts the whole table stays in view.
// Figures that scroll on a narrow screen take the keyboard's focus.
(function () {
  "use strict";

  function choices(rows, name) {
    var seen = new Set();
    rows.forEach(function (row) { seen.add(row.dataset[name]); });
    return Array.from(seen);
  }

  function control(box, text, element) {
    var label = document.createElement("label");
    label.append(text, element);
    box.append(label);
    return element;
  }

  function reachable() {
    document.querySelectorAll("figure.study-figure").forEach(function (figure) {
      if (figure.scrollWidth > figure.clientWidth) { figure.tabIndex = 0; }
    });
  }

  function start() {
    reachable();
    var table = document.getElementById("ledger");
    if (!table) { return; }
    var rows = Array.from(table.tBodies[0].rows);
    var box = document.createElement("form");
    box.className = "study-filters";
    box.addEventListener("submit", function (event) { event.preventDefault(); });
    var names = { chapter: "Chapter", source: "Source", standing: "Standing" };
    var selects = Object.keys(names).map(function (name) {
      var select = document.createElement("select");
      select.name = name;
      select.add(new Option("all", ""));
      choices(rows, name).forEach(function (value) { select.add(new Option(value, value)); });
      return control(box, names[name], select);
    });
    var words = control(box, "Words", document.createElement("input"));
    words.type = "search";
    var count = document.createElement("span");
    count.setAttribute("role", "status");
    box.append(count);

    function apply() {
      var shown = 0;
      var wanted = words.value.trim().toLowerCase();
      rows.forEach(function (row) {
        var keep = selects.every(function (s) { return !s.value || row.dataset[s.name] === s.value; }) &&
          (!wanted || row.textContent.toLowerCase().includes(wanted));
        row.hidden = !keep;
        if (keep) { shown += 1; }
      });
      count.textContent = shown + " of " + rows.length + " findings";
    }

    box.addEventListener("input", apply);
    table.parentElement.before(box);
    apply();
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
}());
