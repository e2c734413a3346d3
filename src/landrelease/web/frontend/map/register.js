// How the register is painted. Hazards lie on top of everything; released land is grey-blue and
// hatched, never green; nothing is ever painted as safe.
export const COLOURS = {
  confirmed: "#b3391f",
  suspected: "#e08a12",
  untyped: "#c2a000",
  released: "#5b7390",
  question: "#b3391f",
  reported: "#6f6a62",
  accident: "#1d1a16",
  unit: "#75808a",
};

const LARGEST_ZOOM = 22;

// Three ranks of a hazard: type not recorded, suspected, confirmed (the worst in a merged cell).
const BY_RANK = [
  "match", ["get", "rank"],
  3, COLOURS.confirmed,
  2, COLOURS.suspected,
  COLOURS.untyped,
];
const POLYGON = ["==", ["geometry-type"], "Polygon"];
const WHOLE = ["==", ["get", "released_whole"], 1];
const INVALID = ["==", ["get", "invalid"], 1];
// Ranks of an activity: released, reported (released nothing), released and in question.
const RELEASED = ["!=", ["get", "rank"], 2];
const QUESTION = ["==", ["get", "rank"], 3];
const BY_STANDING = [
  "case",
  QUESTION, COLOURS.question,
  RELEASED, COLOURS.released,
  COLOURS.reported,
];
const DOT = ["==", ["get", "dot"], 1];

// A dot is never smaller than `least` pixels and always covers the shape it stands for: r0 is the
// radius of that shape in pixels at zoom 0, which doubles from zoom to zoom.
const covering = (least) => [
  "interpolate", ["exponential", 2], ["zoom"],
  0, ["+", least, ["coalesce", ["get", "r0"], 0]],
  LARGEST_ZOOM, ["+", least, ["*", 2 ** LARGEST_ZOOM, ["coalesce", ["get", "r0"], 0]]],
];

export const layers = () => [
  line("units", "units", {
    "line-color": COLOURS.unit,
    "line-width": ["case", ["<=", ["get", "level"], 1], 1.4, 0.7],
  }),
  fill("reported", "activities", ["all", POLYGON, ["!", RELEASED]], {
    "fill-color": COLOURS.reported,
    "fill-opacity": 0.08,
  }),
  line("reported-edge", "activities", {
    "line-color": COLOURS.reported,
    "line-dasharray": [2, 2],
  }, ["!", RELEASED]),
  fill("released", "activities", ["all", POLYGON, RELEASED], { "fill-pattern": "released" }),
  line("released-edge", "activities", { "line-color": COLOURS.released, "line-width": 1.2 }, RELEASED),
  line("released-question", "activities", {
    "line-color": COLOURS.question,
    "line-width": 2.5,
    "line-dasharray": [2, 1],
  }, QUESTION),
  {
    ...base("activity-dots", "circle", "activities_points"),
    filter: DOT,
    paint: {
      "circle-radius": 2.5,
      "circle-color": "rgba(255,255,255,0.6)",
      "circle-stroke-color": BY_STANDING,
      "circle-stroke-width": ["case", QUESTION, 2, 1],
    },
  },
  {
    // Merged marks say that there are several; they never cover ground.
    ...base("activities-merged", "circle", "activities_merged"),
    paint: {
      "circle-radius": 4,
      "circle-color": "rgba(255,255,255,0.6)",
      "circle-stroke-color": BY_STANDING,
      "circle-stroke-width": 2,
    },
  },
  // What the public sees: the cells that hazards touch, and marks (never areas) of released land.
  fill("hazards-general", "hazards_general", ["literal", true], {
    "fill-color": COLOURS.suspected,
    "fill-opacity": 0.5,
  }),
  line("hazards-general-edge", "hazards_general", {
    "line-color": COLOURS.confirmed,
    "line-width": 1,
  }),
  {
    ...base("released-general", "circle", "released_general"),
    paint: {
      "circle-radius": 4,
      "circle-color": "rgba(255,255,255,0.6)",
      "circle-stroke-color": COLOURS.released,
      "circle-stroke-width": 2,
    },
  },
  fill("hazard-cells", "hazards_cells", ["literal", true], {
    "fill-color": BY_RANK,
    "fill-opacity": ["interpolate", ["linear"], ["get", "members"], 1, 0.45, 50, 0.8],
  }),
  line("hazard-cells-edge", "hazards_cells", { "line-color": BY_RANK, "line-width": 0.5 }),
  fill("hazards", "hazards", ["all", POLYGON, ["!", WHOLE]], {
    "fill-color": BY_RANK,
    "fill-opacity": 0.45,
  }),
  line("hazards-edge", "hazards", { "line-color": BY_RANK, "line-width": 1.5 }, ["!", WHOLE]),
  line("hazards-whole", "hazards", {
    "line-color": COLOURS.released,
    "line-width": 1.2,
    "line-dasharray": [4, 2],
  }, WHOLE),
  line("hazards-invalid", "hazards", {
    "line-color": COLOURS.accident,
    "line-width": 2,
    "line-dasharray": [1, 1.5],
  }, INVALID),
  {
    ...base("hazard-dots", "circle", "hazards_points"),
    filter: DOT,
    paint: {
      "circle-radius": covering(3),
      "circle-color": ["case", WHOLE, "rgba(255,255,255,0.6)", BY_RANK],
      "circle-opacity": 0.75,
      "circle-stroke-color": ["case", INVALID, COLOURS.accident, WHOLE, COLOURS.released, "#ffffff"],
      "circle-stroke-width": 1,
    },
  },
  {
    ...base("accidents-merged", "circle", "accidents_merged"),
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["get", "count"], 3, 4, 100, 8],
      "circle-color": COLOURS.accident,
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 1.5,
    },
  },
  {
    ...base("accidents", "circle", "accidents_points"),
    paint: {
      "circle-radius": 3,
      "circle-color": COLOURS.accident,
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 1,
    },
  },
];

// Outline of the one record a page is about.
export const focus = (layer, id) => [
  {
    ...base("focus", "line", layer),
    filter: ["==", ["id"], id],
    paint: { "line-color": "#1d1a16", "line-width": 3 },
  },
  {
    ...base("focus-point", "circle", `${layer}_points`),
    filter: ["all", ["==", ["id"], id], DOT],
    paint: {
      "circle-radius": covering(7),
      "circle-color": "rgba(0,0,0,0)",
      "circle-stroke-color": "#1d1a16",
      "circle-stroke-width": 2.5,
    },
  },
];

// Outlines of the polygons behind a figure; a ring around each while it is too small to be seen.
export const outlines = () => [
  {
    id: "outlines-casing",
    type: "line",
    source: "outlines",
    paint: { "line-color": "#ffffff", "line-width": 5, "line-opacity": 0.8 },
  },
  {
    id: "outlines",
    type: "line",
    source: "outlines",
    filter: ["!=", ["get", "when"], "before"],
    paint: {
      "line-color": ["case", ["==", ["get", "when"], "after"], "#1f5078", "#1d1a16"],
      "line-width": 2.5,
    },
  },
  {
    // Of a change: what was, dashed and on top, so that it is seen where nothing changed, too.
    id: "outlines-before",
    type: "line",
    source: "outlines",
    filter: ["==", ["get", "when"], "before"],
    paint: { "line-color": "#1d1a16", "line-width": 2.5, "line-dasharray": [2, 1.5] },
  },
  {
    id: "outlines-rings",
    type: "circle",
    source: "outlines-middles",
    maxzoom: 12,
    paint: {
      "circle-radius": 6,
      "circle-color": "rgba(255,255,255,0.35)",
      "circle-stroke-color": "#1d1a16",
      "circle-stroke-width": 2,
    },
  },
];

// A hatch of 8 by 8 pixels: released land shows the ground and whatever hazard lies on it.
export function hatch() {
  const side = 8;
  const data = new Uint8ClampedArray(side * side * 4);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const stroke = (x + y) % side < 2;
      data.set(stroke ? [91, 115, 144, 230] : [91, 115, 144, 45], (y * side + x) * 4);
    }
  }
  return { width: side, height: side, data };
}

function base(id, type, layer) {
  return { id, type, source: "register", "source-layer": layer };
}

function fill(id, layer, filter, paint) {
  return { ...base(id, "fill", layer), filter, paint };
}

function line(id, layer, paint, filter = ["literal", true]) {
  return { ...base(id, "line", layer), filter, paint };
}
