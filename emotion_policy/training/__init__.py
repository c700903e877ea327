"""How the linear model is made: situation cards, generators, the fit. Not needed at run time."""
