"""The connectors' icons."""

REST = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="#4d4d4d" '
    'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="M5.5 4 2 9l3.5 5M12.5 4 16 9l-3.5 5M10.3 4 7.7 14"/></svg>'
)
GRAPHQL = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="#4d4d4d" '
    'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="m9 2.5 5.6 3.25v6.5L9 15.5l-5.6-3.25v-6.5zM3.4 12.2h11.2M3.4 12.2 9 2.5l5.6 9.7"/></svg>'
)
POLLING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="#4d4d4d" '
    'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="M15 9a6 6 0 1 1-1.8-4.3M15 2.5v3.2h-3.2M9 6v3.3l2.2 1.4"/></svg>'
)
