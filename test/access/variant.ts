/* The server with a deliberate fault: changed first, then started. */
import "./install-variant.ts";
import "../../src/main.ts";
