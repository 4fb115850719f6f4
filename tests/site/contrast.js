// The contrast of an element's text to the ground that it stands on.
element => {
    const light = colour => {
        const parts = colour.match(/[\d.]+/g).slice(0, 3).map(Number).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] + 0.05;
    };
    let ground = element;
    while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") {
        ground = ground.parentElement;
    }
    const pair = [light(getComputedStyle(element).color),
        light(getComputedStyle(ground).backgroundColor)].sort((a, b) => a - b);
    return pair[1] / pair[0];
}
