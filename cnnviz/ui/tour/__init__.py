"""The tour: what there is to see, shown on the visitor's own photo with the page's own controls."""
