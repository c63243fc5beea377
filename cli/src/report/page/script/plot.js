// The drawing of a chart: axes, curves, marks of what is no number.
const HEIGHT = 232, TOP = 10, BOTTOM = 38, RIGHT = 14, LETTER = 6.4;

// The least and the greatest of the values that `isThere` accepts.
function extremes(lists, isThere) {
  let low = Infinity, high = -Infinity;
  for (const list of lists) {
    for (const value of list) {
      if (!isThere(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

// The values of a curve whose x is in the range.
function within(curve, [low, high]) {
  return curve.y.filter((_, index) => curve.x[index] >= low && curve.x[index] <= high);
}

// The ranges of the curves, in the part of the chart that is looked at.
function ranges(curves, view, isLog) {
  let x = view && view.x;
  if (!x) {
    const [low, high] = extremes(curves.map((curve) => curve.x), Number.isFinite);
    x = low < high ? [low, high] : roomy(low, high, false);
  }
  let y = view && view.y;
  if (!y) {
    const isThere = isLog ? (value) => value > 0 && Number.isFinite(value) : Number.isFinite;
    y = roomy(...extremes(curves.map((curve) => within(curve, x)), isThere), isLog);
  }
  return { x, y };
}

// Where the parts of the drawing are, and the ways from values to places and back.
function layout(width, { x, y }, isLog) {
  const down = HEIGHT - TOP - BOTTOM;
  const yTicks = isLog ? logarithmicTicks(...y, 5) : ticks(...y, 5);
  const left = 14 + LETTER * Math.max(2, ...yTicks.map((tick) => tick.text.length));
  const across = Math.max(40, width - left - RIGHT);
  const xTicks = ticks(...x, Math.min(8, across / 80));
  const xScale = linear(...x), yScale = isLog ? logarithmic(...y) : linear(...y);
  return {
    left, across, down, width, xTicks, yTicks, xScale, yScale,
    px: (value) => left + across * xScale.at(value),
    py: (value) => TOP + down * (1 - yScale.at(value)),
  };
}

function axes(svg, place, names) {
  const { left, across, down, width } = place;
  const bottom = TOP + down;
  for (const tick of place.yTicks) {
    const at = place.py(tick.value).toFixed(1);
    drawn(svg, "line", { class: "grid", x1: left, x2: left + across, y1: at, y2: at });
    drawn(svg, "text", { class: "tick", x: left - 7, y: at, dy: "0.32em", "text-anchor": "end" }, tick.text);
  }
  for (const tick of place.xTicks) {
    const at = place.px(tick.value);
    const half = LETTER * tick.text.length / 2;
    drawn(svg, "line", { class: "tickmark", x1: at, x2: at, y1: bottom, y2: bottom + 4 });
    const middle = Math.min(at, width - half - 1);
    drawn(svg, "text", { class: "tick", x: middle, y: bottom + 16, "text-anchor": "middle" }, tick.text);
  }
  drawn(svg, "line", { class: "axis", x1: left, x2: left + across, y1: bottom, y2: bottom });
  drawn(svg, "text", { class: "axisname", x: left + across / 2, y: HEIGHT - 4, "text-anchor": "middle" }, names.x);
}

// A curve as a path, which a value that can't be drawn interrupts.
function path(curve, place) {
  let text = "", run = 0;
  const close = () => { if (run === 1) text += "h0"; };
  for (let index = 0; index < curve.y.length; index++) {
    const x = curve.x[index], y = curve.y[index];
    if (!Number.isFinite(x) || !place.yScale.isThere(y)) {
      close();
      run = 0;
      continue;
    }
    // Far outside, a coordinate has a bound: it is clipped.
    const at = Math.max(-1e5, Math.min(1e5, place.px(x))), up = Math.max(-1e5, Math.min(1e5, place.py(y)));
    text += `${run ? "L" : "M"}${at.toFixed(1)} ${up.toFixed(1)}`;
    run++;
  }
  close();
  return text;
}

// Marks at the edge for values that have no place: a cross for NaN, an arrow for those beyond.
function marks(svg, curve, place) {
  let text = "", before = -Infinity;
  for (let index = 0; index < curve.y.length; index++) {
    const y = curve.y[index], x = place.px(curve.x[index]);
    if (place.yScale.isThere(y) || !(x - before >= 4)) continue;
    before = x;
    const at = x.toFixed(1), low = TOP + place.down - 4;
    if (Number.isNaN(y)) text += `M${at} ${low}m-3 -3l6 6m0 -6l-6 6`;
    else if (y > 0) text += `M${at} ${TOP + 1}m-3 5l3 -5l3 5`;
    else text += `M${at} ${low + 3}m-3 -5l3 5l3 -5`;
  }
  if (text) drawn(svg, "path", { class: `mark ${curve.color}`, d: text });
}

let clips = 0;

// Draws the curves anew. Returns where things are.
function plot(svg, curves, view, isLog, names, width) {
  const found = ranges(curves, view, isLog);
  const place = { ...layout(width, found, isLog), ...found };
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  axes(svg, place, names);
  const id = `clip${clips++}`;
  const clip = drawn(drawn(svg, "defs", {}), "clipPath", { id });
  drawn(clip, "rect", { x: place.left, y: TOP - 2, width: place.across + 2, height: place.down + 4 });
  const inside = drawn(svg, "g", { "clip-path": `url(#${id})` });
  for (const curve of curves) {
    const line = drawn(inside, "path", { class: `curve ${curve.color}`, d: path(curve, place) });
    if (curve.hue !== null) line.style.setProperty("--hue", curve.hue);
    if (curves.length > 12) line.classList.add("many");
    marks(inside, curve, place);
  }
  place.over = drawn(svg, "g", { class: "over" });
  return place;
}
