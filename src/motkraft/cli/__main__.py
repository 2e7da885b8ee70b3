from motkraft.cli import main

main()
