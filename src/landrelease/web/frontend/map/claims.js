// The places that claims name. Every place of the answer is on the map: close ones are drawn as one
// mark with the sum of their claims. They are not coloured like hazards, for they are none.
import * as frame from "./frame.js";

const COLOURS = { sure: "#5a3f7d", unsure: "#d9cfe6", edge: "#3b2857", text: "#ffffff" };
// Places listed of one mark.
const LISTED = 50;
const CLUSTER = ["has", "point_count"];
const UNSURE = ["==", ["get", "unsure"], true];
const COUNT = ["coalesce", ["get", "claims_sum"], ["get", "claims"]];

const layers = () => [
  {
    id: "claims",
    type: "circle",
    source: "claims",
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["sqrt", COUNT], 1, 9, 10, 20, 40, 34],
      "circle-color": ["case", CLUSTER, COLOURS.sure, UNSURE, COLOURS.unsure, COLOURS.sure],
      "circle-opacity": 0.85,
      "circle-stroke-color": COLOURS.edge,
      "circle-stroke-width": 1.5,
    },
  },
  {
    id: "claim-counts",
    type: "symbol",
    source: "claims",
    layout: {
      "text-field": ["to-string", COUNT],
      "text-size": 12,
      "text-font": ["sans-serif"],
      "text-allow-overlap": true,
      "text-ignore-placement": true,
    },
    paint: {
      "text-color": ["case", CLUSTER, COLOURS.text, UNSURE, COLOURS.edge, COLOURS.text],
    },
  },
];

export function draw(element, failed) {
  const { map, styled, grounded } = frame.open(element, {
    fitted: 9,
    closest: 14,
    credits: "Natural Earth · GeoNames",
  });
  const placed = Promise.all([features(element.dataset.places), styled]).then(([data]) => {
    map.addSource("claims", {
      type: "geojson",
      data,
      cluster: true,
      clusterRadius: 42,
      clusterMaxZoom: 12,
      clusterProperties: { claims_sum: ["+", ["get", "claims"]] },
    });
    for (const layer of layers()) map.addLayer(layer);
    element.dataset.drawn = String(data.features.length);
  });
  frame.drawn(element, [grounded, placed], failed);
  map.on("click", "claims", (event) => tell(map, event.features[0]));
  for (const [event, cursor] of [["mouseenter", "pointer"], ["mouseleave", ""]]) {
    map.on(event, "claims", () => {
      map.getCanvas().style.cursor = cursor;
    });
  }
}

async function features(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the places did not come: ${answer.status}`);
  return answer.json();
}

// The places behind a mark, the ones most claims name first, each with a link to its claims.
async function tell(map, mark) {
  const { cluster_id: cluster, point_count: count } = mark.properties;
  const places =
    cluster === undefined
      ? [mark]
      : await map.getSource("claims").getClusterLeaves(cluster, count, 0);
  places.sort((one, other) => other.properties.claims - one.properties.claims);
  const list = document.createElement("ul");
  for (const { properties } of places.slice(0, LISTED)) {
    const link = document.createElement("a");
    link.href = properties.link;
    const name = document.createElement("bdi");
    name.textContent = properties.name;
    link.append(name);
    const item = document.createElement("li");
    item.append(link, ` ${properties.claims}`);
    list.append(item);
  }
  const panel = document.getElementById("place-here");
  panel.replaceChildren(list);
  if (places.length > LISTED) panel.append(`+ ${places.length - LISTED}`);
}
