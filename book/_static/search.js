// The search: pages ranked by how often and where they say the words, in English and in Russian.
// A word counts in every one of its forms. The ledger comes last: it repeats what pages say.
(function () {
  "use strict";

  // what a word adds that stands in the title, among other names of the page, or in a heading,
  // where being all over the text adds one
  const PLACES = { title: 1.5, words: 1.2, headings: 0.4 };
  const AROUND = 110; // characters of a snippet before and after the first word that was found

  const COMMON = new Set((
    "a about an and are as at be by can did do does for from had has have how i in is it its many " +
    "me much my of on or that the there this to was were what when where which who why with you " +
    "в для и из или как какие кто ли на не о об от по с сколько у что чем это").split(" "));

  const russian = new RussianStemmer();
  const english = new PorterStemmer();

  /** The words of a text: their stems, and where each begins and ends. */
  function words(text) {
    const found = text.toLowerCase().matchAll(/[\p{L}\p{N}]+(?:['’]s(?!\p{L}))?/gu);
    return Array.from(found, (match) => {
      const word = match[0].replace(/['’]s$/, "").replace(/ё/g, "е");
      const stemmer = /[а-я]/.test(word) ? russian : english;
      return { stem: stemmer.stemWord(word), start: match.index, end: match.index + match[0].length };
    });
  }

  function stems(text) {
    return words(text).map(({ stem }) => stem);
  }

  /** Each page with the stems of its parts, and how often each is in its text. */
  function index(pages) {
    return pages.map((page) => {
      const text = stems(page.sections.map((section) => section[2]).join(" "));
      const counts = new Map();
      text.forEach((stem) => counts.set(stem, (counts.get(stem) || 0) + 1));
      const parts = {
        title: new Set(stems(page.title)),
        words: new Set(stems(page.words)),
        headings: new Set(stems(page.sections.map((section) => section[1]).join(" "))),
      };
      const all = new Set([...counts.keys(), ...parts.title, ...parts.words, ...parts.headings]);
      return { page, counts, parts, all, length: text.length };
    });
  }

  /** The stems that are asked for; of a stem that no page has, those that begin with it. */
  function wanted(query, indexed) {
    const said = words(query);
    const rare = said.filter(({ start, end }) => !COMMON.has(query.slice(start, end).toLowerCase()));
    const known = new Set(indexed.flatMap(({ all }) => Array.from(all)));
    return Array.from(new Set((rare.length ? rare : said).map(({ stem }) => stem)), (stem) => {
      const longer = Array.from(known).filter((one) => stem.length > 2 && one.startsWith(stem));
      return known.has(stem) ? [stem] : longer;
    });
  }

  /** Pages by BM25 and the places of the words: those that have most of them first. */
  function rank(asked, indexed) {
    const mean = indexed.reduce((sum, { length }) => sum + length, 0) / indexed.length;
    const rarity = asked.map((any) => {
      const having = indexed.filter(({ all }) => any.some((stem) => all.has(stem))).length;
      return Math.log(1 + (indexed.length - having + 0.5) / (having + 0.5));
    });
    const scored = indexed.map(({ page, counts, parts, all, length }) => {
      let score = 0;
      asked.forEach((any, at) => {
        const count = any.reduce((sum, stem) => sum + (counts.get(stem) || 0), 0);
        let found = count / (count + 1.2 * (0.3 + 0.7 * length / mean));
        Object.keys(PLACES).forEach((place) => {
          found += any.some((stem) => parts[place].has(stem)) ? PLACES[place] : 0;
        });
        score += rarity[at] * found;
      });
      const has = asked.filter((any) => any.some((stem) => all.has(stem))).length;
      return { page, score: score * has / asked.length };
    });
    const found = scored.filter(({ score }) => score > 0);
    return found.sort((a, b) => a.page.last - b.page.last || b.score - a.score);
  }

  /** The section of a page that says most of the words. */
  function best(page, asked) {
    let most = -1;
    let found = null;
    page.sections.forEach((section) => {
      const said = new Set(stems(`${section[1]} ${section[2]}`));
      const has = asked.filter((stem) => said.has(stem)).length;
      if (has > most) { [most, found] = [has, section]; }
    });
    return found;
  }

  /** Where a section says the words, as nodes: its text stays text, whatever stands in it. */
  function snippet(text, asked) {
    const hits = words(text).filter(({ stem }) => asked.includes(stem));
    const from = hits.length ? text.lastIndexOf(" ", Math.max(0, hits[0].start - AROUND)) + 1 : 0;
    const space = text.indexOf(" ", (hits.length ? hits[0].start : 0) + AROUND);
    const until = space < 0 ? text.length : space;
    const said = document.createElement("p");
    let at = from;
    hits.filter(({ end }) => end <= until).forEach(({ start, end }) => {
      const mark = document.createElement("mark");
      mark.textContent = text.slice(start, end);
      said.append(text.slice(at, start), mark);
      at = end;
    });
    said.append(text.slice(at, until));
    if (from > 0) { said.prepend("… "); }
    if (until < text.length) { said.append(" …"); }
    return said;
  }

  function show(found, asked, box) {
    const count = document.createElement("p");
    count.setAttribute("role", "status");
    const pages = found.length === 1 ? "1 page" : `${found.length} pages`;
    count.textContent = found.length ? pages : "No page says any of these words.";
    const list = document.createElement("ul");
    found.forEach(({ page }) => {
      const [anchor, heading, text] = best(page, asked);
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `${page.page}.html`;
      link.textContent = page.title;
      item.append(link);
      if (heading && !page.title.startsWith(heading)) {
        const place = document.createElement("a");
        place.href = `${page.page}.html#${anchor}`;
        place.textContent = heading;
        item.append(" › ", place);
      }
      item.append(snippet(text, asked));
      list.append(item);
    });
    box.replaceChildren(count, list);
  }

  const query = new URLSearchParams(window.location.search).get("q") || "";
  if (!query.trim()) { return; }
  document.querySelectorAll("input[name=q]").forEach((field) => { field.value = query; });
  const indexed = index(STUDY_PAGES);
  const asked = wanted(query, indexed);
  show(rank(asked, indexed), asked.flat(), document.getElementById("search-results"));
}());
