// All drawings of an answer, as one part that is loaded beside the first answer.
export { canChart, chart } from "./chart";
export { canGraph, graph } from "./graph";
export { canMap, map } from "./map";
export { canTimeline, timeline } from "./timeline";
