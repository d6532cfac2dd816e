"""The same kernel and the same models on a Spark cluster, by way of Spark Connect."""
