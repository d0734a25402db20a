"""The connector's icon."""

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="#4d4d4d" '
    'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="M2 4.5h9M2 9h9M2 13.5h9"/><circle cx="14.5" cy="4.5" r="1.5"/>'
    '<circle cx="14.5" cy="9" r="1.5"/><circle cx="14.5" cy="13.5" r="1.5"/></svg>'
)
