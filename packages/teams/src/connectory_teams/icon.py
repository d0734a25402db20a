"""The connector's icon."""

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="#4d4d4d" '
    'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="M2 3h10v7H7l-3 2.5V10H2zM14.5 6H16v7h-2v2.5L11 13H8.5"/></svg>'
)
