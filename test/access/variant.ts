/* The server with a deliberate fault. */
import "./install-variant.ts";
import "../../src/main.ts";
