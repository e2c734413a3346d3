// A map as every page shows one: flat, north up, over the ground of our own server; it says when it
// is drawn, and when something of it did not come.
import {
  AttributionControl,
  Map as MapLibreMap,
  NavigationControl,
  ScaleControl,
} from "maplibre-gl";

import * as ground from "./basemap.js";

/**
 * Open a map of the ground in an element; `styled` holds once more can be laid upon it, `grounded`
 * once the ground lies there.
 *
 * `sources`: further sources of the style; `fitted`, `closest`: the zoom to which the box is fitted
 * and the closest one; `credits`: what the attribution says beside that of the sources.
 */
export function open(element, { sources = {}, fitted, closest, credits }) {
  const { box, base } = element.dataset;
  const [west, south, east, north] = box.split(",").map(Number);
  const map = new MapLibreMap({
    container: element.querySelector(".canvas"),
    style: {
      version: 8,
      sources: { ...ground.sources(), ...sources },
      layers: ground.layers(),
    },
    bounds: [[west, south], [east, north]],
    fitBoundsOptions: { padding: 40, maxZoom: fitted },
    maxZoom: closest,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    renderWorldCopies: false,
    fadeDuration: 0,
    locale: ground.words(element),
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new AttributionControl({ compact: false, customAttribution: credits }));
  map.addControl(new NavigationControl({ showCompass: false }));
  map.addControl(new ScaleControl());
  map.getCanvas().setAttribute("aria-describedby", "map-help");
  const styled = new Promise((resolve) => map.once("style.load", resolve));
  const grounded = Promise.all([ground.basemap(base), styled]).then(([{ land, borders }]) => {
    map.getSource("land").setData(land);
    map.getSource("borders").setData(borders);
  });
  element.map = map;
  return { map, styled, grounded };
}

/** Say that the map is drawn, once all its parts have come and it is idle. */
export function drawn(element, parts, failed) {
  const { map } = element;
  map.on("error", () => failed(element));
  Promise.all(parts).catch(() => failed(element)).then(() =>
    map.once("idle", () => {
      element.dataset.idle = String(performance.now());
      if (!element.dataset.broken) element.querySelector("[data-status]").hidden = true;
    }),
  );
}
