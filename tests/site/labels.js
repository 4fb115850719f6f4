// Of each layout in view: its name, its smallest letters in pixels, and labels that leave it.
() => Array.from(document.querySelectorAll("figure.study-figure svg")).flatMap(svg => {
    const box = svg.getBoundingClientRect();
    if (!box.width) return [];
    const labels = Array.from(svg.querySelectorAll("text"));
    const size = label => parseFloat(getComputedStyle(label).fontSize) * box.width
        / svg.viewBox.baseVal.width;
    const leaves = label => {
        const at = label.getBoundingClientRect();
        return at.left < box.left - 1 || at.right > box.right + 1 || at.bottom > box.bottom + 1;
    };
    return [[svg.classList[0], Math.min(...labels.map(size)),
        labels.filter(leaves).map(label => label.textContent)]];
})
