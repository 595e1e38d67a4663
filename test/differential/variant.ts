/* The server as one of its variants (variants.ts): changed first, then started. */
import "./install-variant.ts";
import "../../src/main.ts";
