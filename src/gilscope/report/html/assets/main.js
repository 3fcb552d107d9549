// A stand-in until the pictures are drawn: the tables are all there is.
document.documentElement.dataset.script = "on";
