/**
 * Metres between two points, by whole numbers only, so that every engine and language gets the same (test vectors in
 * test/vectors/distance.json). Plane of the middle latitude: within 1 ‰ of the great circle up to 100 km.
 */
export interface Point {
  /** Micro-degrees, WGS 84. */
  lon: number;
  lat: number;
}

/** A millionth of a degree of a great circle of 6,371,008.8 m is 111.195 mm. */
const MICROMETRES_PER_MICRODEGREE = 111_195;
/** Cosines of 0° … 90°, in millionths, rounded; between them the line. */
const COSINES = [
  1000000, 999848, 999391, 998630, 997564, 996195, 994522, 992546, 990268, 987688, 984808, 981627, 978148, 974370,
  970296, 965926, 961262, 956305, 951057, 945519, 939693, 933580, 927184, 920505, 913545, 906308, 898794, 891007,
  882948, 874620, 866025, 857167, 848048, 838671, 829038, 819152, 809017, 798636, 788011, 777146, 766044, 754710,
  743145, 731354, 719340, 707107, 694658, 681998, 669131, 656059, 642788, 629320, 615661, 601815, 587785, 573576,
  559193, 544639, 529919, 515038, 500000, 484810, 469472, 453990, 438371, 422618, 406737, 390731, 374607, 358368,
  342020, 325568, 309017, 292372, 275637, 258819, 241922, 224951, 207912, 190809, 173648, 156434, 139173, 121869,
  104528, 87156, 69756, 52336, 34899, 17452, 0,
];
const DEGREE = 1_000_000;
const HALF_TURN = 180 * DEGREE;
/** Beyond this the squares of millimetres are no longer exact: metres are squared instead. */
const NEAR_MM = 60_000_000;

function cosineMillionths(latitude: number): number {
  const size = Math.abs(latitude);
  const whole = Math.floor(size / DEGREE);
  if (whole >= 90) return 0;
  const [from, to] = [COSINES[whole]!, COSINES[whole + 1]!];
  return from - Math.floor(((from - to) * (size % DEGREE)) / DEGREE);
}

/** The whole part of a square root, exact below 2^53. */
function rootOf(square: number): number {
  let root = Math.floor(Math.sqrt(square));
  while (root * root > square) root--;
  while ((root + 1) * (root + 1) <= square) root++;
  return root;
}

/** East and north of `a` at which `b` lies, in millimetres. */
export function offsetMm(a: Point, b: Point): { east: number; north: number } {
  let turn = b.lon - a.lon;
  if (turn > HALF_TURN) turn -= 2 * HALF_TURN;
  if (turn < -HALF_TURN) turn += 2 * HALF_TURN;
  const cosine = cosineMillionths(Math.trunc((a.lat + b.lat) / 2));
  const size = Math.floor((Math.floor((Math.abs(turn) * cosine) / DEGREE) * MICROMETRES_PER_MICRODEGREE) / 1000);
  const north = Math.floor((Math.abs(b.lat - a.lat) * MICROMETRES_PER_MICRODEGREE) / 1000);
  return { east: turn < 0 ? -size : size, north: b.lat < a.lat ? -north : north };
}

/** Metres, rounded down. */
export function distanceM(a: Point, b: Point): number {
  if (a.lon === b.lon && a.lat === b.lat) return 0;
  const { east, north } = offsetMm(a, b);
  if (Math.abs(east) < NEAR_MM && Math.abs(north) < NEAR_MM)
    return Math.floor(rootOf(east * east + north * north) / 1000);
  const [x, y] = [Math.floor(Math.abs(east) / 1000), Math.floor(Math.abs(north) / 1000)];
  return rootOf(x * x + y * y);
}
