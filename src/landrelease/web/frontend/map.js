// The map of a page: MapLibre over the offline basemap.
import { Map as MapLibreMap, NavigationControl, ScaleControl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";

export { MapLibreMap, NavigationControl, ScaleControl };
