// Check a receipt and a whole log with Go's reference library for notes and tree proofs, and print the event.
//
//	logcheck receipt.tlog-proof log.vkey folder
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "logcheck:", err)
		os.Exit(1)
	}
}

func fail(words string) { must(fmt.Errorf("%s", words)) }

func hash(line string) (found tlog.Hash) {
	data, err := base64.StdEncoding.DecodeString(line)
	must(err)
	if copy(found[:], data) != tlog.HashSize || len(data) != tlog.HashSize {
		fail("a hash is not 32 bytes")
	}
	return found
}

// open verifies a checkpoint (c2sp.org/tlog-checkpoint).
func open(text []byte, key note.Verifier) tlog.Tree {
	opened, err := note.Open(text, note.VerifierList(key))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != key.Name() {
		fail("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	return tlog.Tree{N: size, Hash: hash(lines[2])}
}

// folder reads tiles of c2sp.org/tlog-tiles, whose paths leave out the height 8.
type folder string

func (f folder) Height() int { return 8 }

func (f folder) ReadTiles(tiles []tlog.Tile) (found [][]byte, err error) {
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func main() {
	receipt, err := os.ReadFile(os.Args[1])
	must(err)
	vkey, err := os.ReadFile(os.Args[2])
	must(err)
	key, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	must(err)

	head, checkpoint, ok := bytes.Cut(receipt, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		fail("not a receipt")
	}
	extra, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	must(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	must(err)
	var told struct {
		Event json.RawMessage
		Salt  string
	}
	must(json.Unmarshal(extra, &told))
	salt, err := hex.DecodeString(told.Salt)
	must(err)
	entry := sha256.Sum256(append(salt, told.Event...))

	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		proof = append(proof, hash(line))
	}
	tree := open(checkpoint, key)
	must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry[:])))

	published, err := os.ReadFile(filepath.Join(os.Args[3], "checkpoint"))
	must(err)
	now := open(published, key)
	reader := tlog.TileHashReader(now, folder(os.Args[3]))
	root, err := tlog.TreeHash(now.N, reader)
	must(err)
	older, err := tlog.TreeHash(tree.N, reader)
	must(err)
	if root != now.Hash || older != tree.Hash {
		fail("the tiles do not lead to the signed roots")
	}
	if tree.N < now.N {
		consistent, err := tlog.ProveTree(now.N, tree.N, reader)
		must(err)
		must(tlog.CheckTree(consistent, now.N, now.Hash, tree.N, tree.Hash))
	}
	os.Stdout.Write(told.Event)
}
