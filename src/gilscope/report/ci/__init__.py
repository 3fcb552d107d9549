"""The report for who reviews a change: remarks at lines, as GitHub and GitLab show them."""
