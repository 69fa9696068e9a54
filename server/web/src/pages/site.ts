// What every page gains by a script: search that completes, derivations that unfold in place, and
// buttons that copy. Without it each is a plain form, a plain link, a text to select.
import { completeSearch } from "../site/complete";
import { copyTexts } from "../site/copy";
import { unfoldReasons } from "../site/why";

for (const form of document.querySelectorAll<HTMLFormElement>("form[role=search]")) completeSearch(form);
copyTexts();
unfoldReasons();
