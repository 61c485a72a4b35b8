/*
 * QR codes (ISO/IEC 18004) of short texts, drawn here so that no seed leaves the page: bytes, error correction M, versions 1 to 13.
 */
const eccPerBlock = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22] as const;
const blocksOf = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9] as const;

/** Modules of a version that hold data or error correction. */
function rawModules(version: number): number {
  const all = (16 * version + 128) * version + 64;
  if (version === 1) return all;
  const align = Math.floor(version / 7) + 2;
  return all - ((25 * align - 10) * align - 55) - (version >= 7 ? 36 : 0);
}

const dataBytes = (version: number): number =>
  Math.floor(rawModules(version) / 8) - (eccPerBlock[version - 1] ?? 0) * (blocksOf[version - 1] ?? 0);

/** Product in the field of 256 elements. */
function multiply(one: number, other: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((other >>> bit) & 1) * one;
  }
  return product;
}

/** The Reed-Solomon remainder of a block. */
function remainder(data: readonly number[], degree: number): number[] {
  const divisor = Array.from({ length: degree }, (_, index) => Number(index === degree - 1));
  let root = 1;
  for (let step = 0; step < degree; step += 1) {
    for (let at = 0; at < degree; at += 1)
      divisor[at] = multiply(divisor[at] ?? 0, root) ^ (at + 1 < degree ? (divisor[at + 1] ?? 0) : 0);
    root = multiply(root, 2);
  }
  const rest = Array.from({ length: degree }, () => 0);
  for (const byte of data) {
    const factor = byte ^ (rest.shift() ?? 0);
    rest.push(0);
    for (const [at, part] of divisor.entries()) rest[at] = (rest[at] ?? 0) ^ multiply(part, factor);
  }
  return rest;
}

/** The bytes of a text with mode, length and padding. */
function encode(bytes: Uint8Array, version: number): number[] {
  const capacity = dataBytes(version) * 8;
  const bits: number[] = [];
  const push = (value: number, length: number): void => {
    for (let bit = length - 1; bit >= 0; bit -= 1) bits.push((value >>> bit) & 1);
  };
  push(4, 4);
  push(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) push(byte, 8);
  push(0, Math.min(4, capacity - bits.length));
  push(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < capacity; pad ^= 0xec ^ 0x11) push(pad, 8);
  return Array.from({ length: bits.length / 8 }, (_, index) =>
    bits.slice(index * 8, index * 8 + 8).reduce((sum, bit) => sum * 2 + bit, 0),
  );
}

/** Splits data into blocks, adds error correction to each, and interleaves them. */
function interleave(data: readonly number[], version: number): number[] {
  const count = blocksOf[version - 1] ?? 1;
  const degree = eccPerBlock[version - 1] ?? 0;
  const total = Math.floor(rawModules(version) / 8);
  const short = count - (total % count);
  const length = Math.floor(total / count) - degree;
  const blocks: { data: number[]; ecc: number[] }[] = [];
  let from = 0;
  for (let nth = 0; nth < count; nth += 1) {
    const part = data.slice(from, from + length + (nth < short ? 0 : 1));
    from += part.length;
    blocks.push({ data: part, ecc: remainder(part, degree) });
  }
  const result: number[] = [];
  for (let at = 0; at <= length; at += 1)
    for (const block of blocks) {
      const byte = block.data[at];
      if (byte !== undefined) result.push(byte);
    }
  for (let at = 0; at < degree; at += 1) for (const { ecc } of blocks) result.push(ecc[at] ?? 0);
  return result;
}

type Grid = boolean[][];
const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Finder, timing and alignment patterns; `fixed` says which modules they take. */
function frame(version: number): { grid: Grid; fixed: Grid } {
  const size = version * 4 + 17;
  const empty = (): Grid => Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  const [grid, fixed] = [empty(), empty()];
  const set = (x: number, y: number, dark: boolean): void => {
    if (x < 0 || y < 0 || x >= size || y >= size) return;
    (grid[y] as boolean[])[x] = dark;
    (fixed[y] as boolean[])[x] = true;
  };
  for (let at = 0; at < size; at += 1) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  const square = (cx: number, cy: number, reach: number, light: readonly number[]): void => {
    for (let dy = -reach; dy <= reach; dy += 1)
      for (let dx = -reach; dx <= reach; dx += 1)
        set(cx + dx, cy + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
  };
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const)
    square(x, y, 4, [2, 4]);
  const count = version === 1 ? 0 : Math.floor(version / 7) + 2;
  const step = count < 2 ? 0 : Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2;
  const places = Array.from({ length: count }, (_, nth) => (nth === 0 ? 6 : size - 7 - (count - 1 - nth) * step));
  for (const [row, y] of places.entries())
    for (const [column, x] of places.entries()) {
      const corner =
        (row === 0 && column === 0) || (row === 0 && column === count - 1) || (row === count - 1 && column === 0);
      if (!corner) square(x, y, 2, [1]);
    }
  return { grid, fixed };
}

/** Where the mask and the version are told. */
function inform(grid: Grid, fixed: Grid, version: number, mask: number): void {
  const size = grid.length;
  const set = (x: number, y: number, dark: boolean): void => {
    (grid[y] as boolean[])[x] = dark;
    (fixed[y] as boolean[])[x] = true;
  };
  let rest = mask;
  for (let step = 0; step < 10; step += 1) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
  const bits = ((mask << 10) | rest) ^ 0x5412;
  const bit = (nth: number): boolean => ((bits >>> nth) & 1) === 1;
  for (let nth = 0; nth <= 5; nth += 1) set(8, nth, bit(nth));
  set(8, 7, bit(6));
  set(8, 8, bit(7));
  set(7, 8, bit(8));
  for (let nth = 9; nth < 15; nth += 1) set(14 - nth, 8, bit(nth));
  for (let nth = 0; nth < 8; nth += 1) set(size - 1 - nth, 8, bit(nth));
  for (let nth = 8; nth < 15; nth += 1) set(8, size - 15 + nth, bit(nth));
  set(8, size - 8, true);
  if (version < 7) return;
  let left = version;
  for (let step = 0; step < 12; step += 1) left = (left << 1) ^ ((left >>> 11) * 0x1f25);
  const told = (version << 12) | left;
  for (let nth = 0; nth < 18; nth += 1) {
    const [long, across] = [size - 11 + (nth % 3), Math.floor(nth / 3)];
    const dark = ((told >>> nth) & 1) === 1;
    set(long, across, dark);
    set(across, long, dark);
  }
}

/** How hard a code is to read: runs and blocks of one colour, and an uneven share of dark. */
function penalty(grid: Grid): number {
  const size = grid.length;
  const at = (x: number, y: number): boolean => grid[y]?.[x] === true;
  let sum = 0;
  let dark = 0;
  for (const turned of [false, true])
    for (let y = 0; y < size; y += 1) {
      let run = 0;
      for (let x = 0; x < size; x += 1) {
        const read = (place: number): boolean => (turned ? at(y, place) : at(place, y));
        run = x > 0 && read(x) === read(x - 1) ? run + 1 : 1;
        if (run === 5) sum += 3;
        else if (run > 5) sum += 1;
        if (!turned && read(x)) dark += 1;
      }
    }
  for (let y = 0; y + 1 < size; y += 1)
    for (let x = 0; x + 1 < size; x += 1) {
      const one = at(x, y);
      if (one === at(x + 1, y) && one === at(x, y + 1) && one === at(x + 1, y + 1)) sum += 3;
    }
  return sum + Math.floor(Math.abs((dark * 20) / (size * size) - 10)) * 10;
}

/** Lays the bits out in their zigzag. */
function fill(grid: Grid, fixed: Grid, bytes: readonly number[], mask: number): void {
  const size = grid.length;
  const covers = masks[mask] as (x: number, y: number) => boolean;
  let nth = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1)
      for (const x of [right, right - 1]) {
        const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
        if (fixed[y]?.[x] === true) continue;
        const bit = (((bytes[nth >>> 3] ?? 0) >>> (7 - (nth & 7))) & 1) === 1;
        (grid[y] as boolean[])[x] = bit !== covers(x, y);
        nth += 1;
      }
  }
}

/**
 * A text as a QR code: rows of modules, true is dark.
 * @throws RangeError where the text is too long
 */
export function qrOf(text: string): readonly (readonly boolean[])[] {
  const bytes = new TextEncoder().encode(text);
  const version =
    eccPerBlock.findIndex((_, index) => bytes.length + (index + 1 < 10 ? 2 : 3) <= dataBytes(index + 1)) + 1;
  if (version === 0) throw new RangeError("The text is too long for a code");
  const coded = interleave(encode(bytes, version), version);
  const drawn = masks.map((_, mask) => {
    const { grid, fixed } = frame(version);
    inform(grid, fixed, version, mask);
    fill(grid, fixed, coded, mask);
    return { grid, cost: penalty(grid) };
  });
  return drawn.reduce((best, one) => (one.cost < best.cost ? one : best)).grid;
}
