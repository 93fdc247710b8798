// Nothing here.
//~ error empty: `empty.mu` declares nothing
