// The one script of every page: htmx with server-sent events, and our small enhancements.
import "./htmx.js";
import "htmx-ext-sse";
import "./forms.js";
import "./filters.js";
import "./sheet.js";
import "./bulk.js";
import "./drawer.js";
import "./upload.js";
import "./progress.js";
import "./scroll.js";
import "./aloud.js";
