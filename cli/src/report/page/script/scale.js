// Ranges, ticks, and numbers as text.
const MINUS = "\u2212";

// A number with at most `digits` significant ones.
function show(value, digits = 6) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : MINUS + "\u221e";
  const size = Math.abs(value);
  const isPlain = size === 0 || (size >= 1e-4 && size < (Number.isInteger(value) ? 1e12 : 1e7));
  const text = isPlain
    ? String(Number.isInteger(value) ? value : Number(value.toPrecision(digits)))
    : value.toExponential(digits - 1).replace(/\.?0*e\+?/, "e");
  return text.replace(/-/g, MINUS);
}

// The part of a way from `low` to `high` at which `value` lies. Halves, so that no difference is infinite.
function linear(low, high) {
  const width = high / 2 - low / 2;
  return {
    at: (value) => (value / 2 - low / 2) / width,
    back: (part) => 2 * (low / 2 + part * width),
    isThere: Number.isFinite,
  };
}

function logarithmic(low, high) {
  const start = Math.log10(low), width = Math.log10(high) - start;
  return {
    at: (value) => (Math.log10(value) - start) / width,
    back: (part) => 10 ** (start + part * width),
    isThere: (value) => value > 0 && Number.isFinite(value),
  };
}

// A range around `low` and `high` with some room; nothing of it is empty.
function roomy(low, high, isLog) {
  if (!(low <= high)) return isLog ? [0.1, 10] : [0, 1];
  if (isLog) {
    if (low === high) return [low / 2, Math.min(high * 2, Number.MAX_VALUE)];
    const room = (high / low) ** 0.04;
    return [Math.max(low / room, Number.MIN_VALUE), Math.min(high * room, Number.MAX_VALUE)];
  }
  if (low === high) {
    const room = low === 0 ? 1 : Math.abs(low) * 0.05;
    return [low - room, high + room];
  }
  const room = (high / 2 - low / 2) * 0.08;
  return [Math.max(low - room, -Number.MAX_VALUE), Math.min(high + room, Number.MAX_VALUE)];
}

// Round numbers between `low` and `high`, about `count` of them, with their text.
function ticks(low, high, count) {
  const span = high - low;
  if (!Number.isFinite(span)) return [low, 0, high].map((value) => ({ value, text: show(value, 2) }));
  const rough = span / Math.max(count, 1), power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999) || power;
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  if (!(last - first < 100)) return [{ value: low, text: show(low, 12) }];
  const values = [];
  for (let index = first; index <= last; index++) values.push(index * step);
  const most = Math.max(Math.abs(low), Math.abs(high)), fine = Math.floor(Math.log10(step) + 1e-9);
  const coarse = Math.floor(Math.log10(most));
  const isPlain = most < 1e6 && step >= 1e-4 * 0.999;
  const text = (value) => (value === 0 ? "0" : isPlain
    ? value.toFixed(Math.max(0, -fine))
    : value.toExponential(Math.min(15, Math.max(0, coarse - fine))).replace(/(\.\d*?)0*e/, "$1e")
      .replace(".e", "e").replace("e+", "e"));
  return values.map((value) => ({ value, text: text(value).replace(/-/g, MINUS) }));
}

// Powers of ten between `low` and `high`, or parts of them where there are few.
function logarithmicTicks(low, high, count) {
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
  const every = Math.max(1, Math.ceil((last - first) / Math.max(count, 2)));
  const parts = last - first <= 2 ? [1, 2, 5] : [1];
  const found = [];
  for (let power = first; power <= last; power += every) {
    for (const part of parts) {
      const value = part * 10 ** power;
      if (value >= low && value <= high) found.push({ value, text: show(value, 1) });
    }
  }
  return found.length > 1 ? found : ticks(low, high, count).filter((tick) => tick.value > 0);
}
