// Two lives of the same threads: as they were recorded, and as they would have been without the GIL.

/** @typedef {import("./recording.js").Lane} LaneToReplay */
/** @typedef {import("./recording.js").Recording} RecordingToReplay */
/** @typedef {{title: string, end_ns: number, lanes: LaneToReplay[], all: number, isPredicted: boolean}} Life */

const MOST_LANES = 16;

/**
 * Threads that were busiest, in both lives. Where short threads share lanes, those have no partner.
 * @param {RecordingToReplay} recording
 * @param {PictureWithout} without
 * @returns {Life[]}
 */
export function pairedLives(recording, without) {
  const threads = recording.lanes.filter(
    (lane) => lane.picture.kind === "thread" && lane.picture.process === without.process,
  );
  const recorded = busiest(recording, threads, MOST_LANES);
  const hasPartner = (/** @type {LaneToReplay} */ lane) => typeof lane.picture.pair === "number";
  const partners = recording.withoutLanes.filter((lane) =>
    recorded.some((each) => each.index === lane.picture.pair),
  );
  const alone = recording.withoutLanes.filter((lane) => !hasPartner(lane));
  const predicted = [...partners, ...busiest(recording, alone, MOST_LANES - partners.length)];
  const cores = without.cores === null ? "a core for each thread" : `${without.cores} cores`;
  return [
    {
      title: "With the GIL, as recorded",
      end_ns: without.to_s * 1e9,
      lanes: recorded,
      all: threads.length,
      isPredicted: false,
    },
    {
      title: `Without the GIL, as replayed on ${cores}`,
      end_ns: without.without_to_s * 1e9,
      lanes: predicted,
      all: recording.withoutLanes.length,
      isPredicted: true,
    },
  ];
}

/**
 * The lanes that ran or wanted to for longest, in their order.
 * @param {RecordingToReplay} recording
 * @param {LaneToReplay[]} lanes
 * @param {number} most
 * @returns {LaneToReplay[]}
 */
function busiest(recording, lanes, most) {
  const busy = new Map(
    lanes.map((lane) => {
      const sums = stateSums(recording, lane);
      return [lane, (sums.get("hold") ?? 0) + (sums.get("wait") ?? 0) + (sums.get("ready") ?? 0)];
    }),
  );
  const order = [...lanes].sort((a, b) => (busy.get(b) ?? 0) - (busy.get(a) ?? 0));
  const chosen = new Set(order.slice(0, most));
  return lanes.filter((lane) => chosen.has(lane));
}

/**
 * @param {RecordingToReplay} recording
 * @param {LaneToReplay} lane
 * @returns {Map<string, number>} ns by state
 */
export function stateSums(recording, lane) {
  const sums = new Float64Array(recording.states.length);
  for (let i = lane.first; i < lane.last; i++) {
    lane.sums.addSegment(sums, 0, i, recording.end[i] - recording.begin[i]);
  }
  return new Map(recording.states.map((state, i) => [state, sums[i]]));
}

/**
 * @param {RecordingToReplay} recording
 * @param {LaneToReplay} lane
 * @returns {number} ns
 */
export function lastEnd(recording, lane) {
  return lane.last > lane.first ? recording.end[lane.last - 1] : 0;
}
