// Runs before anything is painted: the colours and the language that were chosen, and the pages that mails link to.
(() => {
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage is switched off
    }
  };
  const root = document.documentElement;
  const chosen = read("tenantry.scheme");
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.mantineColorScheme = dark ? "dark" : "light";
  const language = read("tenantry.language") ?? navigator.language;
  root.lang = language.startsWith("de") ? "de" : "en";
  const mailed = /\/console\/(invitation|password)\/?$/.exec(location.pathname);
  if (mailed) location.replace(`/console/login.html${location.hash || `#${mailed[1]}`}`);
})();
