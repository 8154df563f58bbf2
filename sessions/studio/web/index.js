// What the page's component is made of.
export { Studio } from "./studio.js";
