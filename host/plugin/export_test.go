package plugin

// CacheForTests is where the tests of this package keep compiled plugins.
func CacheForTests() string { return probeCache }
