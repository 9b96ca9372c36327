/* One kept result at its own address. */
import { $ } from "../lib/dom.js";
import { PushPane } from "../sql/push-pane.js";

const results = $("#results");
results.append(new PushPane(results.dataset.follow, "", $("#sql").dataset.result).element);
