// The ground beneath the register: countries of Natural Earth, from a file of our own server.
import { feature, mesh } from "topojson-client";

export const COLOURS = { water: "#e3eaee", land: "#f6f3ec", border: "#b9b2a3", coast: "#a9b4ba" };

export async function basemap(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const atlas = await answer.json();
  const countries = atlas.objects.countries;
  return {
    land: feature(atlas, countries),
    borders: mesh(atlas, countries, (a, b) => a !== b),
  };
}

export const sources = () => ({
  land: { type: "geojson", data: empty(), tolerance: 0.2 },
  borders: { type: "geojson", data: empty(), tolerance: 0.2 },
});

export const layers = () => [
  { id: "water", type: "background", paint: { "background-color": COLOURS.water } },
  { id: "land", type: "fill", source: "land", paint: { "fill-color": COLOURS.land } },
  { id: "coast", type: "line", source: "land", paint: { "line-color": COLOURS.coast } },
  {
    id: "borders",
    type: "line",
    source: "borders",
    paint: { "line-color": COLOURS.border, "line-dasharray": [3, 2] },
  },
];

const empty = () => ({ type: "FeatureCollection", features: [] });

/** What the controls of a map are called, in the language of the page. */
export const words = ({ dataset }) => ({
  "NavigationControl.ZoomIn": dataset.zoomIn,
  "NavigationControl.ZoomOut": dataset.zoomOut,
});
