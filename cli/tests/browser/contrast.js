// The least contrast of a text with what is behind it, and which text that is.
const parts = (color) => {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data;
};
const light = (color) => {
  const [red, green, blue] = [...parts(color)].map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const behind = (element) => {
  for (let one = element; one; one = one.parentElement) {
    const color = getComputedStyle(one).backgroundColor;
    if (parts(color)[3] === 255) return color;
  }
  return "white";
};
let least = [99, ""];
const known = new Map();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("script")) continue;
  const style = getComputedStyle(element);
  const color = element instanceof SVGElement ? style.fill : style.color;
  const key = `${color} ${behind(element)}`;
  if (!known.has(key)) {
    const [low, high] = [light(color), light(behind(element))].sort((a, b) => a - b);
    known.set(key, (high + 0.05) / (low + 0.05));
  }
  if (known.get(key) < least[0]) least = [known.get(key), `${walker.currentNode.textContent.trim()}: ${key}`];
}
return least;
