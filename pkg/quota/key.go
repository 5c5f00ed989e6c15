package quota

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"
)

// keyPrefix begins every key in Redis. See the package's documentation for the braces and the number.
const keyPrefix = "topicgate:q:{1}:"

// digest stands for a key: of one size however long an account's name is, and not readable. With 128 bits two keys
// that meet are not to be expected, by chance or by effort.
type digest [16]byte

func digestOf(key string) digest {
	sum := sha256.Sum256([]byte(key))
	return digest(sum[:])
}

// RedisKey returns the name under which [Redis] counts key, for tools that show or reset a count.
func RedisKey(key string) string {
	d := digestOf(key)
	return keyPrefix + base64.RawURLEncoding.EncodeToString(d[:])
}

// wholeMilliseconds rounds window up to the unit in which Redis keeps expiries, for both counters to mean the same.
func wholeMilliseconds(window time.Duration) (time.Duration, error) {
	if window <= 0 {
		return 0, errors.New("quota: the window must be positive")
	}
	return (window + time.Millisecond - 1).Truncate(time.Millisecond), nil
}
