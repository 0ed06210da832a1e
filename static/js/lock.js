// htmx can run code that it finds in attributes (hx-on, "js:", trigger filters) and in swapped scripts. We use none of it, so whoever
// smuggles such an attribute in gets an error. In the back office the CSP allows no other policy (webapp/web/headers.py).
htmx.registerExtension("lock", {
  init(api) {
    const deny = function () { throw new Error("htmx must not evaluate code"); };
    const rules = { createHTML: (html) => html, createScript: () => "" };
    api.initSecurity(window.trustedTypes ? trustedTypes.createPolicy("htmx", rules) : rules, deny, deny);
  },
});
