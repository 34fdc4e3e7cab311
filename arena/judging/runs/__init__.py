"""How what is stored gets judged: each question once, many at a time, resumed by the next run."""
