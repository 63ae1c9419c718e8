// Runs before the first paint, so that a page in the dark does not flash. A file of its own, because inline scripts are forbidden here.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('freehold-scheme');
  } catch {
    // A browser without storage follows the system.
  }
  const isDark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light');
})();
