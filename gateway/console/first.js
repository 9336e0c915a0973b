/**
 * Before anything is painted: light or dark, and which colour means up, as they were kept. A plain
 * script, for a module runs only after the first paint, and the page would flash.
 */
{
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // a browser that keeps nothing: as the system has it
    }
  };
  const { dataset } = document.documentElement;
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = read("gpubourse.theme") ?? (isDark ? "dark" : "light");
  dataset.colours = read("gpubourse.colours") ?? "blue-up";
}
