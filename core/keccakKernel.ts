/**
 * keccak256 (FIPS 202's permutation with the padding of Ethereum) as a WebAssembly module that is written here, instruction
 * by instruction: two kilobytes, made when it is loaded. One call absorbs, permutes and pads, with the state in the machine's
 * own variables. `npm run bench -- leaves` puts it beside two libraries, on the 64 bytes of a tree's node.
 */

const LANES = 25;
const RATE = 136;
const ROUNDS = 24;
/** Where things stand in the module's memory: the digest, the rounds' constants, the input. */
const [DIGEST, CONSTANTS, INPUT, PAGE] = [0, 256, 512, 65_536];
const PAGES = 4;
/** Longest input of one call. */
export const KERNEL_BYTES = PAGES * PAGE - INPUT - RATE;

// The instructions of WebAssembly that are used here, by their names in its specification.
const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const tee = (local: number) => [0x22, local];
const i32 = (value: number) => [0x41, ...signed(value)];
const i64 = (value: number) => [0x42, ...signed(value)];
const load64 = (offset: number) => [0x29, 3, ...unsigned(offset)];
const load8 = (offset: number) => [0x2d, 0, ...unsigned(offset)];
const store64 = (offset: number) => [0x37, 3, ...unsigned(offset)];
const store8 = (offset: number) => [0x3a, 0, ...unsigned(offset)];
const [ADD, SUB, MUL, DIV, OR, LESS] = [[0x6a], [0x6b], [0x6c], [0x6e], [0x72], [0x49]];
const [XOR64, AND64, ROTL64] = [[0x85], [0x83], [0x89]];
const NOT64 = [...i64(-1), ...XOR64];
const FILL = [0xfc, 11, 0];
/** Runs its body again for as long as the value that it leaves is not zero. */
const loop = (...body: number[][]) => [0x03, 0x40, ...body.flat(), 0x0d, 0, 0x0b];
const [TYPE_I32, TYPE_I64] = [0x7f, 0x7e];

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
function signed(value: number): number[] {
  const rest = value >> 7;
  const last = (rest === 0 && (value & 0x40) === 0) || (rest === -1 && (value & 0x40) !== 0);
  return last ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(rest)];
}

// Variables: the length that it is called with, a place in the input, blocks to go, a place among the constants; then lanes.
const [LENGTH, PLACE, BLOCKS, CONSTANT, STATE] = [0, 1, 2, 3, 4];
const [OTHER, ROW, THETA] = [STATE + LANES, STATE + 2 * LANES, STATE + 2 * LANES + 5];
const INTEGERS = 3;
const LONGS = 2 * LANES + 10;
const five = [0, 1, 2, 3, 4];

/** By how much each lane is rotated (FIPS 202, table 2, in the order x + 5y). */
const OFFSETS = [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14];

/** One round, from one set of 25 variables into the other. */
function round(from: number, to: number, constant: number): number[] {
  const lane = (x: number, y: number) => get(from + x + 5 * y);
  const columns = five.flatMap((x) => [
    ...lane(x, 0),
    ...five.slice(1).flatMap((y) => [...lane(x, y), ...XOR64]),
    ...set(ROW + x),
  ]);
  const theta = five.flatMap((x) => [
    ...[...get(ROW + ((x + 1) % 5)), ...i64(1), ...ROTL64],
    ...[...get(ROW + ((x + 4) % 5)), ...XOR64, ...set(THETA + x)],
  ]);
  // Lane (x, y) goes to (y, 2x + 3y): so that row's lane at `column` comes from y = column.
  const rows = five.flatMap((row) => [
    ...five.flatMap((column) => {
      const x = five.find((x) => (2 * x + 3 * column) % 5 === row)!;
      const turned = [...i64(OFFSETS[x + 5 * column]!), ...ROTL64];
      return [...lane(x, column), ...get(THETA + x), ...XOR64, ...turned, ...set(ROW + column)];
    }),
    ...five.flatMap((x) => [
      ...[...get(ROW + ((x + 1) % 5)), ...NOT64, ...get(ROW + ((x + 2) % 5)), ...AND64, ...get(ROW + x), ...XOR64],
      ...(x === 0 && row === 0 ? [...get(CONSTANT), ...load64(CONSTANTS + 8 * constant), ...XOR64] : []),
      ...set(to + x + 5 * row),
    ]),
  ]);
  return [...columns, ...theta, ...rows];
}

/** digest(length): of so many bytes at INPUT, to DIGEST. */
function program(): number[] {
  const end = [...get(BLOCKS), ...i32(RATE), ...MUL];
  const padding = [
    ...[...get(LENGTH), ...i32(RATE), ...DIV, ...i32(1), ...ADD, ...set(BLOCKS)],
    ...[...get(LENGTH), ...i32(INPUT), ...ADD, ...i32(0), ...end, ...get(LENGTH), ...SUB, ...FILL],
    ...[...get(LENGTH), ...i32(1), ...store8(INPUT)],
    ...[...end, ...tee(PLACE), ...get(PLACE), ...load8(INPUT - 1), ...i32(0x80), ...OR, ...store8(INPUT - 1)],
  ];
  const absorb = Array.from({ length: RATE / 8 }, (_, i) => [
    ...[...get(STATE + i), ...get(PLACE), ...load64(INPUT + 8 * i), ...XOR64, ...set(STATE + i)],
  ]).flat();
  const permute = loop(round(STATE, OTHER, 0), round(OTHER, STATE, 1), [
    ...get(CONSTANT),
    ...i32(16),
    ...ADD,
    ...tee(CONSTANT),
    ...i32(8 * ROUNDS),
    ...LESS,
  ]);
  const blocks = loop(
    absorb,
    [...i32(0), ...set(CONSTANT)],
    permute,
    [...get(PLACE), ...i32(RATE), ...ADD, ...set(PLACE)],
    [...get(BLOCKS), ...i32(1), ...SUB, ...tee(BLOCKS)],
  );
  const squeeze = five.slice(0, 4).flatMap((i) => [...i32(0), ...get(STATE + i), ...store64(DIGEST + 8 * i)]);
  return [...padding, ...i32(0), ...set(PLACE), ...blocks, ...squeeze, 0x0b];
}

/** The rounds' constants, from the shift register of FIPS 202, algorithm 5; little-endian. */
function constants(): number[] {
  let register = 1;
  const bytes = new Uint8Array(8 * ROUNDS);
  for (let round = 0; round < ROUNDS; round++) {
    for (let j = 0; j < 7; j++) {
      const bit = (1 << j) - 1;
      if (register & 1) bytes[8 * round + (bit >> 3)]! |= 1 << (bit & 7);
      register = (register << 1) ^ ((register >> 7) * 0x171);
    }
  }
  return [...bytes];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const list = (...items: number[][]) => [...unsigned(items.length), ...items.flat()];
  const sized = (bytes: number[]) => [...unsigned(bytes.length), ...bytes];
  const section = (id: number, content: number[]) => [id, ...sized(content)];
  const letter = (name: string) => [1, name.charCodeAt(0)];
  const code = [...list([INTEGERS, TYPE_I32], [LONGS, TYPE_I64]), ...program()];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([0x60, 1, TYPE_I32, 0])),
    ...section(3, list([0])),
    ...section(5, list([0, PAGES])),
    ...section(7, list([...letter("m"), 2, 0], [...letter("d"), 0, 0])),
    ...section(10, list(sized(code))),
    ...section(11, list([0, ...i32(CONSTANTS), 0x0b, ...sized(constants())])),
  ]);
}

/** Both take at most KERNEL_BYTES. */
export interface KeccakKernel {
  digest(data: Uint8Array): Uint8Array;
  /** Writes the digest into `target` at `at`. */
  digestInto(data: Uint8Array, target: Uint8Array, at: number): void;
}

/** A hasher of its own. */
export function openKeccakKernel(): KeccakKernel {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
  const { m, d: digest } = exports as { m: WebAssembly.Memory; d: (length: number) => void };
  const memory = new Uint8Array(m.buffer);
  const made = memory.subarray(DIGEST, DIGEST + 32);
  const make = (data: Uint8Array) => {
    memory.set(data, INPUT);
    digest(data.length);
  };
  return {
    digest(data) {
      make(data);
      return memory.slice(DIGEST, DIGEST + 32);
    },
    digestInto(data, target, at) {
      make(data);
      target.set(made, at);
    },
  };
}
