"""A script without async: `XAI` has the methods of `AsyncXAI` without `await`.

Run it with `python examples/sync_script.py`.
"""

from _client import open_sync_client


def main() -> None:
    """List the models, then ask one of them twice."""
    with open_sync_client() as client:
        for model in client.models.language.list():
            print(model.id)

        completion = client.chat.completions.create(
            model="grok-4.6", messages=[{"role": "user", "content": "Hello from a script."}]
        )
        print("Completion:", completion.text)

        with client.responses.stream(model="grok-4.6", input="Stream this.") as stream:
            print("Streamed:   ", end="")
            for text in stream.text_stream:
                print(text, end="", flush=True)
        print()


if __name__ == "__main__":
    main()
