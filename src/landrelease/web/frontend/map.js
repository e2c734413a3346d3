// The maps of a page: the register's tiles over the offline basemap, and what lies at a place.
import "maplibre-gl/dist/maplibre-gl.css";

import * as claims from "./map/claims.js";
import * as frame from "./map/frame.js";
import * as register from "./map/register.js";

const FINEST_TILES = 16;
// Pixels around a click that count as hit.
const REACH = 5;

for (const element of document.querySelectorAll("[data-map]")) draw(element);
for (const element of document.querySelectorAll("[data-claims-map]")) claims.draw(element, failed);

function draw(element) {
  const { tiles, here, focus, focusLayer, overlay } = element.dataset;
  const { map, styled, grounded } = frame.open(element, {
    sources: {
      register: {
        type: "vector",
        tiles: [location.origin + tiles.replace("0/0/0", "{z}/{x}/{y}")],
        maxzoom: FINEST_TILES,
        attribution: "Natural Earth · MapLibre",
      },
    },
    fitted: 18,
    closest: 20,
  });
  styled.then(() => {
    map.addImage("released", register.hatch());
    for (const layer of register.layers()) map.addLayer(layer);
    if (focus) for (const layer of register.focus(focusLayer, Number(focus))) map.addLayer(layer);
  });
  const outlined = styled.then(() => (overlay ? outline(map, overlay) : undefined));
  // Drawn means: with the ground and every tile of the register.
  frame.drawn(element, [grounded, outlined], failed);

  const list = lister(here);
  map.on("click", (event) => list(boxAround(map, event.point)));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const { clientWidth, clientHeight } = map.getCanvas();
    list(boxAround(map, { x: clientWidth / 2, y: clientHeight / 2 }), true);
  });
}

// Outlines of the polygons behind a figure, over everything else; the map goes to where they lie.
async function outline(map, address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the outlines did not come: ${answer.status}`);
  const data = await answer.json();
  map.addSource("outlines", { type: "geojson", data });
  map.addSource("outlines-middles", { type: "geojson", data: middles(data.features) });
  for (const layer of register.outlines()) map.addLayer(layer);
  const bounds = around(data.features);
  if (bounds) map.fitBounds(bounds, { padding: 40, maxZoom: 18, animate: false });
}

function middles(features) {
  const points = features.map((feature) => around([feature])).filter(Boolean);
  return {
    type: "FeatureCollection",
    features: points.map(([[west, south], [east, north]]) => ({
      type: "Feature",
      properties: {},
      geometry: { type: "Point", coordinates: [(west + east) / 2, (south + north) / 2] },
    })),
  };
}

function around(features) {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  const grow = (place) => {
    if (typeof place[0] !== "number") return place.forEach(grow);
    [west, south] = [Math.min(west, place[0]), Math.min(south, place[1])];
    [east, north] = [Math.max(east, place[0]), Math.max(north, place[1])];
  };
  for (const { geometry } of features) if (geometry) grow(geometry.coordinates);
  return west <= east ? [[west, south], [east, north]] : null;
}

// A gap in the map must not pass for empty ground.
function failed(element) {
  element.dataset.broken = "1";
  const status = element.querySelector("[data-status]");
  status.textContent = element.dataset.failed;
  status.classList.add("failed");
  status.hidden = false;
}

// The ground a click stands for: some pixels around it, or the whole merged square that was hit.
function boxAround(map, { x, y }) {
  const lower = map.unproject([x - REACH, y + REACH]);
  const upper = map.unproject([x + REACH, y - REACH]);
  let box = [lower.lng, lower.lat, upper.lng, upper.lat];
  const cells = map.getLayer("hazard-cells")
    ? map.queryRenderedFeatures([x, y], { layers: ["hazard-cells"] })
    : [];
  for (const cell of cells) {
    for (const [lng, lat] of cell.geometry.coordinates.flat(1)) {
      box = [
        Math.min(box[0], lng), Math.min(box[1], lat), Math.max(box[2], lng), Math.max(box[3], lat),
      ];
    }
  }
  return box;
}

function lister(address) {
  const panel = document.getElementById("here");
  let latest = 0;
  return async (box, move = false) => {
    latest += 1;
    const asked = latest;
    panel.setAttribute("aria-busy", "true");
    const query = new URLSearchParams({ box: box.map((value) => value.toFixed(7)).join(",") });
    const answer = await fetch(`${address}?${query}`);
    if (asked !== latest) return;
    // Written by our own server, which escapes every value.
    if (answer.ok) panel.innerHTML = await answer.text();
    panel.removeAttribute("aria-busy");
    if (move) panel.focus();
  };
}
