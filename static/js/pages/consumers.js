/* The groups of one topic, live. */
import * as topic from "../lib/topic.js";

topic.follow(tables => topic.drawReaders(tables, 50));
