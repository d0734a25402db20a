"""The connector's icon."""

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="#4d4d4d" '
    'stroke-width="1.6" stroke-linecap="round"><circle cx="9" cy="5" r="2.6"/><circle cx="4.2" cy="13" r="2.6"/>'
    '<circle cx="13.8" cy="13" r="2.6"/><path d="M7.8 7.3 5.5 10.8M10.3 7.2l2.3 3.5M6.8 13h4.4"/></svg>'
)
