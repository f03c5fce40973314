"""The form on paper, for whoever cannot or dare not type: a PDF in every language, the same bytes for everybody.

`questions` takes them from the form's own pages, `layout` says what stands where, `complaints.paper` draws it,
`document` keeps what was drawn. Nothing in it leads to whoever fetched it: no number, no date, no name of what made it.
"""
