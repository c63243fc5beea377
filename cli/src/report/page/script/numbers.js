// Numbers from the text that report/numbers.rs makes of them.
function numbers(text) {
  const bytes = Uint8Array.from(atob(text.slice(1)), (character) => character.charCodeAt(0));
  switch (text[0]) {
    case "s": return Float64Array.from(new Float32Array(bytes.buffer));
    case "f": return new Float64Array(bytes.buffer);
    default: return sums(bytes);
  }
}

// The sums of differences in groups of seven bits, the sign in the lowest bit. No shifts: they end at 32 bits.
function sums(bytes) {
  const values = [];
  let value = 0, rest = 0, scale = 1;
  for (const byte of bytes) {
    rest += (byte & 127) * scale;
    scale *= 128;
    if (byte & 128) continue;
    value += rest % 2 ? -(rest + 1) / 2 : rest / 2;
    values.push(value);
    rest = 0;
    scale = 1;
  }
  return Float64Array.from(values);
}
