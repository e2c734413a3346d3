// What every page loads: htmx replaces parts of a page without a script of our own.
import "htmx.org";
