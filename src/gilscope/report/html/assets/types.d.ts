// What the page is given: the shapes of the JSON in `#report` and `#picture`, as far as the page reads them.

type Dtype = "u1" | "u2" | "u4";
type Rows = [first: number, count: number];

interface PictureProcess {
  pid: number;
  host: string;
  program: string;
  label: string;
  start_s: number;
  end_s: number;
  recorded: boolean;
}

interface PictureLane {
  kind: "gil" | "thread";
  process: number;
  name: string;
  group: string | null;
  thread: number | null; // null: several, one after the other
  threads?: number;
  start_s: number;
  end_s: number;
  segments: Rows;
  exact_ns: number;
  pair?: number | null; // of a lane without the GIL: the recorded one that is its other life
}

interface PictureMark {
  kind: "stall" | "gc" | "loop" | "window" | "stop";
  lane: number | null;
  from_s: number;
  to_s: number;
  place: number;
  text: string;
  culprit?: number | null;
}

/** A stretch in which all is as recorded, though the rest is folded. */
interface PictureStretch {
  process: number;
  kind: string;
  from_s: number;
  to_s: number;
  text: string;
}

interface FlameNodes {
  parent: number[];
  place: number[];
  value_s: number[];
  folded_s?: number;
}

interface PictureMatrix {
  names: string[];
  groups: (string | null)[]; // of threads that are counted together: how many
  lanes: (number | null)[];
  cells: [culprit: number, victim: number, wait_s: number][];
  folded_s: number;
}

interface PictureDistribution {
  edges_s: number[];
  counts: number[];
  p50_s: number;
  p90_s: number;
  p99_s: number;
  max_s: number;
}

interface PictureSource {
  file: string;
  lines: [line: number, text: string | null, held_s: number, waited_s: number, caused_s: number][];
}

interface PictureWithout {
  withheld?: string;
  process: number;
  cores: number | null;
  from_s: number;
  to_s: number;
  without_to_s: number;
  wall_s: number;
  low_s: number;
  high_s: number;
  words: string;
  lanes?: PictureLane[];
}

type FlameKind = "held" | "waited" | "blame" | "lock" | "off";

interface Picture {
  version: number;
  tick_ns: number;
  mix_all: number;
  window?: [from_s: number, to_s: number] | null;
  all_edges?: number;
  processes: PictureProcess[];
  lanes: PictureLane[];
  states: string[];
  strings: string[];
  lines: [fn: number, file: number, line: number][];
  marks?: PictureMark[];
  exact?: PictureStretch[];
  flames?: Partial<Record<FlameKind, FlameNodes>>;
  matrix?: PictureMatrix | null;
  distributions?: Partial<Record<"wait" | "hold" | "lock", PictureDistribution>>;
  sources?: PictureSource[];
  without?: PictureWithout | null;
  said: string[];
  columns: Record<string, [dtype: Dtype, offset: number, count: number]>;
}

interface ReportPrediction {
  withheld: string | null;
  wall_s: number;
  rows: { scenario: string; cores: number | null; wall_s: number; low_s: number; high_s: number }[];
}

interface Report {
  wall_s: number;
  run: { program: string; gil_enabled: boolean; cores: number };
  gil: { held_fraction: number; contended_fraction: number; wait_s: number };
  verdict: { kind: string };
  window: { from_s: number; to_s: number } | null;
  prediction: ReportPrediction | null;
  blame: { function: string; file: string; line: number; caused_wait_s: number }[];
}

type DifferenceKind = "blame" | "held" | "waited" | "lock" | "off";

interface DifferenceNodes {
  parent: number[];
  function: number[]; // -1: no Python frame, -2: smaller paths together
  before_s: number[];
  now_s: number[];
  own_before_s: number[];
  own_now_s: number[];
  outcome: number[];
}

interface DifferenceGraphShape {
  before_s: number[]; // of each run
  now_s: number[];
  outcome: number;
  called: DifferenceNodes;
  callers: DifferenceNodes;
}

interface DifferenceGraphs {
  outcomes: string[];
  functions: [name: string, file: string][];
  numbers: number[]; // of the functions, as `data-function` has them
  graphs: Partial<Record<DifferenceKind, DifferenceGraphShape>>;
}
